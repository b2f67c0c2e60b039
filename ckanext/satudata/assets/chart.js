/* Draws the trend from the table below it; the table stays for those who cannot see the lines.
 *
 * data-table: id of the table. Its column headings with data-series are lines; a row with
 * data-break starts new lines: results of other rules are not comparable.
 */
this.ckan.module('satudata-chart', function () {
  'use strict';

  const COLOURS = ['#0b5ea8', '#2e7d4f', '#9a6700', '#8a3ffc'];
  const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3]];

  return {
    initialize: function () {
      const table = document.getElementById(this.options.table);
      if (!table || !window.Chart) {
        return;
      }
      const rows = Array.from(table.tBodies[0].rows);
      const labels = rows.map(function (row) { return row.cells[0].textContent.trim(); });
      const canvas = document.createElement('canvas');
      canvas.setAttribute('role', 'img');
      canvas.setAttribute('aria-label', this.el[0].dataset.label);
      this.el[0].appendChild(canvas);
      this.el[0].hidden = false;
      this.chart = new window.Chart(canvas, {
        type: 'line',
        data: { labels: labels, datasets: this.series(table, rows) },
        options: {
          animation: false,
          maintainAspectRatio: false,
          scales: { y: { min: 0, max: 100 } },
          plugins: { legend: { position: 'bottom' } }
        }
      });
    },

    series: function (table, rows) {
      const heads = Array.from(table.tHead.rows[0].cells);
      const found = heads.filter(function (head) { return 'series' in head.dataset; });
      return found.map(function (head, number) {
        const column = heads.indexOf(head);
        return {
          label: head.textContent.trim(),
          data: rows.map(function (row) {
            const value = row.cells[column].dataset.value;
            return value ? Number(value) : null;
          }),
          borderColor: COLOURS[number % COLOURS.length],
          backgroundColor: COLOURS[number % COLOURS.length],
          borderDash: DASHES[number % DASHES.length],
          borderWidth: number === 0 ? 3 : 2,
          segment: {
            // No line leads over to a quarter judged by other rules.
            borderColor: function (context) {
              return 'break' in rows[context.p1DataIndex].dataset ? 'transparent' : undefined;
            }
          }
        };
      });
    }
  };
});
