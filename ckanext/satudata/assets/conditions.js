/* Questions that do not apply are not shown; a tab of which none applies is not either.
 *
 * Answers stay in the form and are sent: the server stores but does not count them. A note
 * names them. A field with an error is always shown, or nobody could mend it.
 */
this.ckan.module('satudata-conditions', function () {
  'use strict';

  return {
    initialize: function () {
      const shared = ckan.satudataForm;
      this.root = this.el[0];
      this.form = this.root.closest('form');
      this.conditions = shared.facts(this.root).conditions;
      this.note = this.root.querySelector('[data-satudata-kept]');
      this.root.classList.add('satudata-form-live');
      this.apply();
      shared.onChange(this.root, 50, this.apply.bind(this));
    },

    apply: function () {
      const kept = [];
      this.root.querySelectorAll('[data-satudata-field]').forEach(function (field) {
        const name = field.dataset.satudataField;
        const off = !ckan.satudataForm.holds(this.form, this.conditions[name] || []);
        field.hidden = off && !('satudataError' in field.dataset);
        if (off && this.isAnswered(name)) {
          kept.push(field.dataset.satudataLabel);
        }
      }, this);
      this.root.querySelectorAll('[data-satudata-group]').forEach(this.applyToTab, this);
      this.note.hidden = !kept.length;
      this.note.querySelector('[data-satudata-names]').textContent = kept.join(', ');
      this.root.dispatchEvent(new CustomEvent('satudata:applied'));
    },

    applyToTab: function (section) {
      const fields = Array.from(section.querySelectorAll('[data-satudata-field]'));
      const off = fields.every(function (field) { return field.hidden; });
      const link = this.root.querySelector('[data-satudata-tablist] a[href="#' + section.id + '"]');
      if (link) {
        link.parentNode.hidden = off;
      }
    },

    isAnswered: function (name) {
      return ckan.satudataForm.answers(this.form, name).length > 0 ||
        ckan.satudataForm.rows(this.form, name).length > 0;
    }
  };
});
