/* Rows of a field: adds rows to those that the page came with.
 *
 * A row is taken away by the box in it, which the page has without this script too.
 */
this.ckan.module('satudata-rows', function () {
  'use strict';

  return {
    initialize: function () {
      const root = this.el[0];
      this.rows = root.querySelector('[data-satudata-rows]');
      this.template = root.querySelector('template');
      this.button = root.querySelector('[data-satudata-add]');
      this.next = this.count();
      if (this.next > 1) {
        // The button offers what the blank row is for.
        this.rows.querySelectorAll('[data-satudata-blank]').forEach(function (row) { row.remove(); });
      }
      this.button.hidden = false;
      this.button.addEventListener('click', this.add.bind(this));
      this.rows.addEventListener('input', this.rename.bind(this));
    },

    count: function () {
      return this.rows.querySelectorAll('[data-satudata-row]').length;
    },

    /* A new row at the end; its index is one that no row had, so names never meet. */
    add: function () {
      const holder = document.createElement('template');
      holder.innerHTML = this.template.innerHTML
        .replaceAll('__index__', this.next)
        .replaceAll('__number__', this.count() + 1);
      this.next += 1;
      const row = holder.content.querySelector('[data-satudata-row]');
      this.rows.append(row);
      this.button.disabled = this.count() >= this.options.most;
      row.querySelectorAll('[data-module]').forEach(function (element) {
        ckan.module.initializeElement(element);
      });
      row.querySelector('input:not([type=hidden]), select, textarea').focus();
      this.rows.dispatchEvent(new Event('change', { bubbles: true }));
    },

    /* The title of a folded row says what its first input says. */
    rename: function (event) {
      const row = event.target.closest('[data-satudata-row]');
      const name = row && row.querySelector('[data-satudata-name]');
      if (name && row.querySelector('.satudata-row-inputs input, .satudata-row-inputs textarea') === event.target) {
        name.textContent = event.target.value;
      }
    }
  };
});
