/* How much of the mandatory metadata is filled, tab by tab, while the form is being filled.
 *
 * The rules and the words that count for nothing are the server's (facts of the form); the
 * server's own count at the next save is the one that stays.
 */
this.ckan.module('satudata-progress', function () {
  'use strict';

  return {
    initialize: function () {
      this.root = this.el[0];
      this.form = this.root.closest('form');
      Object.assign(this, ckan.satudataForm.facts(this.root));
      this.signs = new Set(this.empty.signs);
      this.words = new Set(this.empty.words);
      this.update();
      ckan.satudataForm.onChange(this.root, 200, this.update.bind(this));
    },

    /* Whether a text stands for something: more than signs, and not "n/a" between signs. */
    says: function (text) {
      const low = text.replace(/[A-Z]/g, function (letter) { return letter.toLowerCase(); });
      const letters = Array.from(low);
      const isSaid = function (letter) { return !this.signs.has(letter); }.bind(this);
      const first = letters.findIndex(isSaid);
      if (first < 0) {
        return false;
      }
      const last = letters.length - letters.slice().reverse().findIndex(isSaid);
      return !this.words.has(letters.slice(first, last).join(''));
    },

    counts: function (choices, texts) {
      return texts.some(function (text) {
        return choices ? choices.includes(text.trim()) : this.says(text);
      }, this);
    },

    isFilled: function (rule) {
      if (!rule.sub && !rule.subfields.length) {
        return this.counts(rule.choices, ckan.satudataForm.answers(this.form, rule.field));
      }
      const rows = ckan.satudataForm.rows(this.form, rule.field);
      if (rule.sub) {
        return rows.length > 0 && rows.every(function (row) {
          return this.counts(rule.choices, row[rule.sub] || []);
        }, this);
      }
      return rows.some(function (row) {
        return rule.subfields.some(function (name) {
          return this.counts(null, row[name] || []);
        }, this);
      }, this);
    },

    update: function () {
      const groups = {};
      const missing = [];
      this.rules.forEach(function (rule) {
        if (!ckan.satudataForm.holds(this.form, rule.conditions)) {
          return;
        }
        const group = groups[rule.tab] || (groups[rule.tab] = { filled: 0, required: 0 });
        group.required += 1;
        if (this.isFilled(rule)) {
          group.filled += 1;
        } else {
          missing.push(rule);
        }
      }, this);
      this.showGroups(groups);
      this.showAll(Object.values(groups));
      this.showMissing(missing);
    },

    showGroups: function (groups) {
      this.root.querySelectorAll('[data-satudata-count]').forEach(function (badge) {
        const group = groups[badge.dataset.satudataCount] || { filled: 0, required: 0 };
        const done = group.filled === group.required;
        badge.hidden = !group.required;
        badge.classList.toggle('text-bg-success', done);
        badge.classList.toggle('text-bg-light', !done);
        badge.querySelector('[aria-hidden]').textContent = group.filled + '/' + group.required;
        badge.querySelector('.visually-hidden').textContent = this.say('filled', group);
      }, this);
    },

    showAll: function (groups) {
      const sum = groups.reduce(function (all, group) {
        return { filled: all.filled + group.filled, required: all.required + group.required };
      }, { filled: 0, required: 0 });
      const meter = this.root.querySelector('[data-satudata-meter]');
      meter.max = sum.required || 1;
      meter.value = sum.filled;
      const told = this.root.querySelector('[data-satudata-sum]');
      const sentence = this.say('filled', sum);
      if (told.textContent !== sentence) {
        // Readers of the screen speak it again whenever it is set.
        told.textContent = sentence;
      }
    },

    showMissing: function (rules) {
      const box = this.root.querySelector('[data-satudata-missing]');
      box.hidden = !rules.length;
      box.querySelector('[data-satudata-number]').textContent = rules.length;
      box.querySelector('ul').replaceChildren(...rules.map(function (rule) {
        const item = document.createElement('li');
        const link = item.appendChild(document.createElement('a'));
        link.href = '#field-' + rule.field;
        link.textContent = rule.label;
        return item;
      }));
    },

    /* A sentence of the page with its numbers filled in. */
    say: function (name, numbers) {
      return this.texts[name].replace(/\{(\w+)\}/g, function (_, key) { return numbers[key]; });
    }
  };
});
