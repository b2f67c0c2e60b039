/* The sections of the metadata form as tabs; without this script they stand below each other.
 *
 * An address with #tab-<group> or #field-<name> opens the right tab and goes to the field.
 * After a refused save the first tab with an error is open.
 */
this.ckan.module('satudata-tabs', function () {
  'use strict';

  const FOCUSABLE = 'input:not([type=hidden]), select, textarea, button';
  const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

  return {
    initialize: function () {
      this.root = this.el[0];
      this.list = this.root.querySelector('[data-satudata-tablist]');
      this.links = this.list ? Array.from(this.list.querySelectorAll('a')) : [];
      this.steps = this.root.closest('form').querySelectorAll('[data-satudata-step]');
      this.describe();
      setTimeout(this.keepEnter.bind(this), 0);
      setTimeout(this.nameBoxes.bind(this), 0);
      if (this.list) {
        this.makeTabs();
        this.root.addEventListener('satudata:applied', this.keepOneOpen.bind(this));
        this.open(this.links[0]);
      }
      window.addEventListener('hashchange', this.followAddress.bind(this));
      document.addEventListener('click', this.onLink.bind(this));
      this.root.closest('form').addEventListener('submit', this.forgetAddress);
      const refused = this.root.querySelector('[data-satudata-error]');
      if (refused) {
        this.openSection(refused.closest('[data-satudata-group]'));
      } else {
        this.followAddress();
      }
    },

    /* CKAN's autocomplete draws boxes without a name for those who hear the page. */
    nameBoxes: function () {
      this.root.querySelectorAll('.select2-hidden-accessible').forEach(function (control) {
        const label = control.id && this.root.querySelector('label[for="' + control.id + '"]');
        const name = label && label.textContent.replace(/[*\s]+/g, ' ').trim();
        control.parentNode.querySelectorAll('.select2-selection, [role=textbox]')
          .forEach(function (drawn) {
            if (name) {
              drawn.removeAttribute('aria-labelledby');
              drawn.setAttribute('aria-label', name);
            }
          });
      }, this);
    },

    makeTabs: function () {
      this.root.classList.add('satudata-form-tabbed');
      this.list.setAttribute('role', 'tablist');
      this.list.addEventListener('keydown', this.onKey.bind(this));
      this.links.forEach(function (link) {
        const section = this.sectionOf(link);
        link.id = link.id || 'open-' + section.id;
        link.parentNode.setAttribute('role', 'presentation');
        link.setAttribute('role', 'tab');
        link.setAttribute('aria-controls', section.id);
        section.setAttribute('role', 'tabpanel');
        section.setAttribute('aria-labelledby', link.id);
      }, this);
      this.steps.forEach(function (button) {
        button.hidden = false;
        button.addEventListener('click', this.onStep.bind(this, Number(button.dataset.satudataStep)));
      }, this);
    },

    /* Errors and help belong to their control for those who hear the page, too. */
    describe: function () {
      this.root.querySelectorAll('.error-block, .info-block').forEach(function (text, number) {
        const control = text.parentNode.querySelector(FOCUSABLE);
        if (!control) {
          return;
        }
        text.id = text.id || 'satudata-text-' + number;
        const before = control.getAttribute('aria-describedby');
        if (!(before || '').split(' ').includes(text.id)) {
          control.setAttribute('aria-describedby', before ? before + ' ' + text.id : text.id);
        }
        if (text.classList.contains('error-block')) {
          control.setAttribute('aria-invalid', 'true');
        }
      });
    },

    /* The key Enter presses the first button that sends: not the one of core's preview of the
     * address, which is made without a type after this module. */
    keepEnter: function () {
      this.root.querySelectorAll('button:not([type])').forEach(function (button) {
        button.type = 'button';
      });
    },

    sectionOf: function (link) {
      return document.getElementById(link.hash.slice(1));
    },

    /* A form of one section has no tabs. */
    openSection: function (section) {
      const link = this.links.find(function (one) { return one.hash === '#' + section.id; });
      if (link) {
        this.open(link);
      }
    },

    shown: function () {
      return this.links.filter(function (link) { return !link.parentNode.hidden; });
    },

    open: function (link) {
      this.links.forEach(function (one) {
        const chosen = one === link;
        one.classList.toggle('active', chosen);
        one.setAttribute('aria-selected', String(chosen));
        one.tabIndex = chosen ? 0 : -1;
        this.sectionOf(one).hidden = !chosen;
      }, this);
      this.current = link;
      this.list.scrollLeft = link.offsetLeft - (this.list.clientWidth - link.offsetWidth) / 2;
      const shown = this.shown();
      const place = shown.indexOf(link);
      this.steps.forEach(function (button) {
        button.disabled = !shown[place + Number(button.dataset.satudataStep)];
      });
    },

    keepOneOpen: function () {
      this.open(this.current.parentNode.hidden ? this.shown()[0] : this.current);
    },

    onKey: function (event) {
      const shown = this.shown();
      let place = shown.indexOf(this.current) + (STEPS[event.key] || 0);
      if (event.key === 'Home') {
        place = 0;
      } else if (event.key === 'End') {
        place = -1;
      } else if (!(event.key in STEPS)) {
        return;
      }
      event.preventDefault();
      this.openAndRemember(shown.at(place % shown.length));
      this.current.focus();
    },

    onStep: function (step) {
      const shown = this.shown();
      this.openAndRemember(shown[shown.indexOf(this.current) + step]);
      this.root.scrollIntoView({ behavior: 'instant' });
      this.current.focus({ preventScroll: true });
    },

    /* Links to a tab or a field from anywhere on the page, also to where the address is already. */
    onLink: function (event) {
      const link = event.target.closest('a[href^="#"]');
      if (!link || event.defaultPrevented) {
        return;
      }
      if (this.links.includes(link)) {
        event.preventDefault();
        this.openAndRemember(link);
      } else if (this.goTo(link.hash)) {
        event.preventDefault();
        history.replaceState(null, '', link.hash);
      }
    },

    openAndRemember: function (link) {
      this.open(link);
      history.replaceState(null, '', link.hash);
    },

    /* Else the page after the save would be asked for the same field. */
    forgetAddress: function () {
      history.replaceState(null, '', location.pathname + location.search);
    },

    followAddress: function () {
      this.goTo(location.hash);
    },

    /* Open the tab that has what "#tab-…" or "#field-…" names; false if none has. */
    goTo: function (hash) {
      const name = decodeURIComponent(hash.slice(1));
      const target = document.getElementById(name) || this.fieldNamed(name);
      const section = target && target.closest('[data-satudata-group]');
      if (!section || !this.root.contains(section)) {
        return false;
      }
      this.openSection(section);
      if (target === section) {
        this.root.scrollIntoView({ behavior: 'instant' });
      } else {
        this.focus(target);
      }
      return true;
    },

    /* The place of "field-<name>" where no control has that id (an organisation, a list of rows). */
    fieldNamed: function (name) {
      return ckan.satudataForm.place(this.root, name.replace(/^field-/, ''));
    },

    focus: function (target) {
      const place = target.closest('[data-satudata-field]') || target;
      const control = target.matches(FOCUSABLE) ? target : place.querySelector(FOCUSABLE);
      for (let box = target.closest('details'); box; box = box.parentNode.closest('details')) {
        box.open = true;
      }
      place.scrollIntoView({ block: 'center', behavior: 'instant' });
      if (control) {
        const drawn = control.parentNode.querySelector('.select2-selection');
        (control.classList.contains('select2-hidden-accessible') && drawn ? drawn : control)
          .focus({ preventScroll: true });
      }
    }
  };
});
