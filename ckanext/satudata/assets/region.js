/* Offers areas in the browser's own list while a code or a name is being typed.
 *
 * source - an address that takes the text at its end and answers [{"name": …}]
 */
this.ckan.module('satudata-region', function () {
  'use strict';

  return {
    options: {source: null, interval: 250},

    initialize: function () {
      this.input = this.el[0];
      this.list = document.createElement('datalist');
      this.list.id = this.input.id + '-areas';
      this.input.after(this.list);
      this.input.setAttribute('list', this.list.id);
      this.input.addEventListener('input', this.offerSoon.bind(this));
    },

    offerSoon: function () {
      clearTimeout(this.timer);
      this.timer = setTimeout(this.offer.bind(this), this.options.interval);
    },

    offer: async function () {
      const text = this.input.value.trim();
      const answer = text ? await fetch(this.options.source + encodeURIComponent(text)) : null;
      const areas = answer && answer.ok ? await answer.json() : [];
      if (this.input.value.trim() === text) { // else a later answer is on its way
        this.list.replaceChildren.apply(this.list, areas.map(function (area) {
          return new Option(area.name, area.name);
        }));
      }
    }
  };
});
