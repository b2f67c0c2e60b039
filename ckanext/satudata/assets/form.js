/* What the modules of the metadata form share: reading the answers as the server would get them. */
this.ckan = this.ckan || {};

this.ckan.satudataForm = (function () {
  'use strict';

  const TEXTLESS = ['file', 'submit', 'button', 'image', 'reset', 'password'];

  function isTicked(control) {
    return control.type === 'checkbox' || control.type === 'radio';
  }

  /* Every control of a form that can hold an answer. */
  function controls(form) {
    return Array.from(form.elements).filter(function (control) {
      return control.name && !TEXTLESS.includes(control.type) && control.tagName !== 'FIELDSET';
    });
  }

  /* The answers of one control: none, one, or several of a list. */
  function answersOf(control) {
    if (isTicked(control)) {
      return control.checked ? [control.value] : [];
    }
    if (control.tagName === 'SELECT') {
      return Array.from(control.selectedOptions, function (option) { return option.value; });
    }
    return [control.value];
  }

  /* All answers under a name, blank ones left out. */
  function answers(form, name) {
    return controls(form)
      .filter(function (control) { return control.name === name; })
      .reduce(function (found, control) { return found.concat(answersOf(control)); }, [])
      .map(function (text) { return text.trim(); })
      .filter(isText);
  }

  /* Rows of a composite that say something and stay: objects of subfield name → answers. */
  function rows(form, name) {
    const found = new Map();
    controls(form).forEach(function (control) {
      const place = rowOf(control.name);
      if (!place || place.field !== name) {
        return;
      }
      if (!found.has(place.row)) {
        found.set(place.row, {});
      }
      const row = found.get(place.row);
      row[place.sub] = (row[place.sub] || []).concat(answersOf(control));
    });
    return Array.from(found.values()).filter(function (row) {
      return !(row._remove || []).length && Object.values(row).flat().some(isText);
    });
  }

  function isText(value) {
    return Boolean(value.trim());
  }

  /* "sd_variabel-2-nama" → {field, row, sub}; null for a name that is of no row. */
  function rowOf(name) {
    const match = /^(\w+)-(\d+)-(\w+)$/.exec(name);
    return match && { field: match[1], row: Number(match[2]), sub: match[3] };
  }

  /* The part of the form that shows a field. */
  function place(root, name) {
    return root.querySelector('[data-satudata-field="' + CSS.escape(name) + '"]');
  }

  /* Whether every condition ({field, values}) holds. */
  function holds(form, conditions) {
    return conditions.every(function (condition) {
      return answers(form, condition.field).some(function (value) {
        return condition.values.includes(value);
      });
    });
  }

  /* What the server knows of this form's schema. */
  function facts(root) {
    return JSON.parse(root.querySelector('script[data-satudata-facts]').textContent);
  }

  /* Call once for many changes at a time: typing, ticking, rows that come and go. */
  function onChange(root, delay, callback) {
    let timer = null;
    function later() {
      clearTimeout(timer);
      timer = setTimeout(callback, delay);
    }
    const form = root.closest('form');
    form.addEventListener('input', later);
    // Select2 tells jQuery alone of its changes.
    jQuery(form).on('change', later);
    const observer = new MutationObserver(later);
    root.querySelectorAll('[data-module~="satudata-rows"]').forEach(function (composite) {
      observer.observe(composite, { childList: true, subtree: true });
    });
  }

  return { answers, answersOf, controls, facts, holds, isTicked, onChange, place, rowOf, rows };
})();
