/* Forget the unsaved input of a form that the server has saved (cookie satudata_saved). */
(function () {
  'use strict';

  const found = /(?:^|; )satudata_saved=([^;]+)/.exec(document.cookie);
  if (found) {
    sessionStorage.removeItem('satudata-draft:' + decodeURIComponent(found[1]));
    document.cookie = 'satudata_saved=; path=/; max-age=0; samesite=lax';
  }
})();
