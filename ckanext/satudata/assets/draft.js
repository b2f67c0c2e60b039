/* What has been typed and not saved stays in this tab of the browser, and is offered back.
 *
 * It outlives an expired session, a refused token, a reload and a crash. saved.js forgets it
 * when the server says that it is saved. Never kept: files, passwords, hidden inputs.
 */
this.ckan.module('satudata-draft', function ($) {
  'use strict';

  const PREFIX = 'satudata-draft:';
  const PAUSE = 500;

  return {
    initialize: function () {
      // Modules of single fields are made after this one and may still change what they hold.
      setTimeout(this.start.bind(this), 0);
    },

    start: function () {
      this.root = this.el[0];
      this.form = this.root.closest('form');
      this.key = PREFIX + this.options.key;
      this.offer = this.root.querySelector('[data-satudata-offer]');
      this.first = this.last = JSON.stringify(this.read());
      this.offered = this.stored();
      // After a refused save the server itself gives everything back.
      if (this.offered && !this.options.refused && !this.isShown(this.offered)) {
        this.show(this.offered);
      }
      this.sent = false;
      ckan.satudataForm.onChange(this.root, PAUSE, this.changed.bind(this));
      this.form.addEventListener('submit', this.send.bind(this));
      window.addEventListener('pagehide', this.keep.bind(this));
    },

    /* The answers by name; of rows by their place on the page, whatever numbers they carry. */
    read: function () {
      const answers = {};
      this.eachControl(function (control, name) {
        const held = answers[name] || (answers[name] = []);
        ckan.satudataForm.answersOf(control).forEach(function (value) {
          held.push(control.tagName === 'SELECT' ? [value, this.textOf(control, value)] : value);
        }, this);
      });
      return answers;
    },

    eachControl: function (callback) {
      const places = {};
      ckan.satudataForm.controls(this.form).forEach(function (control) {
        if (control.type === 'hidden') {
          return;
        }
        const part = ckan.satudataForm.rowOf(control.name);
        if (!part || !this.composite(part.field)) {
          callback.call(this, control, control.name);
          return;
        }
        const seen = places[part.field] || (places[part.field] = []);
        if (!seen.includes(part.row)) {
          seen.push(part.row);
        }
        callback.call(this, control, [part.field, seen.indexOf(part.row), part.sub].join('-'));
      }, this);
    },

    composite: function (field) {
      const place = ckan.satudataForm.place(this.root, field);
      return place && place.querySelector('[data-module~="satudata-rows"]');
    },

    textOf: function (select, value) {
      const option = Array.from(select.options).find(function (one) { return one.value === value; });
      return option ? option.text : value;
    },

    stored: function () {
      try {
        return JSON.parse(sessionStorage.getItem(this.key));
      } catch (error) {
        return null;
      }
    },

    changed: function () {
      // Core's form warns before it is left on "change" alone: typing must count, too.
      if (this.keep() && !this.sent) {
        $(this.form).triggerHandler('change');
      }
    },

    /* From now on leaving the page is what is wanted. */
    send: function () {
      this.sent = true;
      this.keep();
    },

    /* Store the answers; false if they have not changed. */
    keep: function () {
      const answers = this.read();
      const text = JSON.stringify(answers);
      if (text === this.last) {
        return false;
      }
      this.last = text;
      const title = this.form.elements.namedItem('title');
      try {
        sessionStorage.setItem(this.key, JSON.stringify({
          at: new Date().toISOString(), title: title ? title.value : '', answers: answers
        }));
      } catch (error) {
        // A full or forbidden storage: the form works without.
      }
      return true;
    },

    isShown: function (draft) {
      return JSON.stringify(draft.answers) === this.first;
    },

    show: function (draft) {
      const language = document.documentElement.lang || 'id';
      const time = new Date(draft.at).toLocaleString(language, {
        dateStyle: 'long', timeStyle: 'short'
      });
      const sentence = this.offer.querySelector('[data-satudata-sentence]');
      sentence.textContent = sentence.textContent.replace('{time}', time);
      this.offer.querySelector('[data-satudata-title]').textContent = draft.title;
      this.offer.querySelector('[data-satudata-restore]')
        .addEventListener('click', this.restore.bind(this));
      this.offer.querySelector('[data-satudata-discard]')
        .addEventListener('click', this.discard.bind(this));
      this.offer.hidden = false;
    },

    discard: function () {
      sessionStorage.removeItem(this.key);
      this.close();
    },

    /* The button that was used is gone: go on at the tabs. */
    close: function () {
      this.offer.hidden = true;
      this.root.querySelector('[role=tab][aria-selected=true]').focus();
    },

    restore: function () {
      const answers = this.offered.answers;
      this.restoreRows(answers);
      const given = {};
      this.eachControl(function (control, name) {
        if (name in answers) {
          const held = given[name] || (given[name] = answers[name].slice());
          this.fill(control, held);
        }
      });
      $(this.form).trigger('change');
      this.close();
    },

    /* At least as many rows in each composite as there were. */
    restoreRows: function (answers) {
      this.root.querySelectorAll('[data-module~="satudata-rows"]').forEach(function (composite) {
        const field = composite.closest('[data-satudata-field]').dataset.satudataField;
        const wanted = Object.keys(answers).reduce(function (most, name) {
          const part = ckan.satudataForm.rowOf(name);
          return part && part.field === field ? Math.max(most, part.row + 1) : most;
        }, 0);
        for (let row = composite.querySelectorAll('[data-satudata-row]').length; row < wanted; row += 1) {
          composite.querySelector('[data-satudata-add]').click();
        }
      });
    },

    /* Give one control its answers; texts under the same name are taken in turn. */
    fill: function (control, held) {
      if (ckan.satudataForm.isTicked(control)) {
        control.checked = held.includes(control.value);
      } else if (control.tagName === 'SELECT') {
        held.forEach(function (one) {
          if (!Array.from(control.options).some(function (option) { return option.value === one[0]; })) {
            control.add(new Option(one[1], one[0]));
          }
        });
        $(control).val(held.map(function (one) { return one[0]; })).trigger('change');
      } else {
        control.value = held.length ? held.shift() : '';
        $(control).trigger('change');
      }
    }
  };
});
