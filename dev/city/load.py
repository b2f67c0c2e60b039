"""Load the fictional city into an empty portal: `python -m dev.city.load --ini … --logins …`.

Everything goes through the doors that a real portal uses: the OPD loader, the
register import, CKAN's own actions with real uploads, the content checks and
the job of the live result. Only the clock of the recorder is set.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import secrets
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import ckan.model as model
import sqlalchemy as sa
from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckan.plugins import toolkit
from werkzeug.datastructures import FileStorage

from ckanext.satudata import clock, config
from ckanext.satudata.calendar import periods
from ckanext.satudata.calendar.workdays import WorkCalendar
from ckanext.satudata.delivery import jobs as delivery_jobs
from ckanext.satudata.judging import live
from ckanext.satudata.opd import loader, permissions, structure
from ckanext.satudata.register import store
from ckanext.satudata.register.workdays import work_calendar

from . import activities, figures, metadata, offices, papers, plans, quarters, story

HERE = Path(__file__).parent
ROOT = "pemerintah-kota-contoh"
USERS = [
    ("admin", "Administrator", "Sysadmin", None, None, None),
    ("walidata", "Walidata Kota Contoh", "Walidata", ROOT, "admin", None),
    ("dinkes", "Editor Dinas Kesehatan", "OPD editor", "dinas-kesehatan", "editor", None),
    ("dinkes-admin", "Admin Dinas Kesehatan", "OPD admin", "dinas-kesehatan", "admin", None),
    ("disdik", "Editor Dinas Pendidikan", "OPD editor", "dinas-pendidikan", "editor", None),
    ("bps", "BPS Kota Contoh", "Pembina data", None, None, "pembina_data"),
    ("bappeda", "Bappeda Kota Contoh", "Koordinator", None, None, "koordinator"),
    ("sekda", "Sekretaris Daerah", "Sekda", None, None, "sekda"),
    ("wali-kota", "Wali Kota Contoh", "Kepala daerah", None, None, "kepala_daerah"),
]


def say(message: str) -> None:
    """One line of progress."""
    print(message, flush=True)


def _act(action: str, /, **data: Any) -> Any:
    return toolkit.get_action(action)({"user": permissions.site_user(), "ignore_auth": True}, data)


def load_organisations(year: int) -> None:
    """The OPD tree from opd.yaml, with what each office says of itself."""
    units = structure.read((HERE / "opd.yaml").read_bytes(), "opd.yaml")
    for unit in units:
        offices.present(unit, year)
    report = loader.load(units, permissions.site_user(), leave_creator_out=True)
    say(f"OPD: {len(report.created)}")


def load_users() -> list[dict[str, str]]:
    """The people; returns name, role and password of each."""
    logins = []
    for name, fullname, role, org, capacity, office in USERS:
        password = secrets.token_urlsafe(9)
        _act(
            "user_create",
            name=name,
            fullname=fullname,
            email=f"{name}@kota-contoh.example",
            password=password,
            sysadmin=name == "admin",
        )
        if org:
            _act("member_create", id=org, object=name, object_type="user", capacity=capacity)
        if office:
            _act("satudata_officer_create", user=name, office=office)
        logins.append({"name": name, "role": role, "password": password})
    return logins


def load_register(first_day: dt.date, calendar: WorkCalendar) -> None:
    """The register, in effect early enough for duties from ``first_day`` on."""
    since = first_day
    while calendar.add_workdays(since, 20) > first_day:
        since -= dt.timedelta(days=1)
    plan = store.import_register(
        (HERE / "daftar-data.csv").read_bytes(), "daftar-data.csv", {}, since
    )
    model.Session.commit()
    say(f"Daftar Data: {plan.counts()}")


def _duties(until: dt.date) -> list[story.Duty]:
    rows = model.Session.execute(
        sa.text(
            """
            SELECT g.name || '|' || i.name AS key, o.item_id, o.org_id, o.period, o.due
            FROM satudata_obligation o
            JOIN satudata_item i ON i.id = o.item_id
            JOIN "group" g ON g.id = o.org_id
            WHERE o.due <= :until
            """
        ),
        {"until": until},
    )
    return [story.Duty(*row) for row in rows]


def _items() -> dict[str, Any]:
    rows = model.Session.execute(
        sa.text(
            """
            SELECT i.id, i.name, i.unit, i.classification, i.priority, i.org_id,
                   g.name AS org, g.title AS opd, min(r.frequency) AS frequency
            FROM satudata_item i
            JOIN "group" g ON g.id = i.org_id
            JOIN satudata_item_rhythm r ON r.item_id = i.id
            GROUP BY i.id, g.id
            """
        )
    )
    return {row.id: row for row in rows}


def _upload(content: bytes, filename: str, content_type: str) -> FileStorage:
    return FileStorage(BytesIO(content), filename, content_type=content_type)


def load_activities(items: Iterable[Any], begin: dt.datetime) -> dict[tuple[str, str], str]:
    """The statistical activities; the id of each by OPD and name of the data it yields."""
    made = {}
    count = 0
    with clock.at(begin):
        for activity in activities.plan(items, begin.year):
            made_id = _act("package_create", **activities.fields(activity))["id"]
            made.update(((activity.org_id, name), made_id) for name in activity.items)
            count += 1
    say(f"MS-Keg: {count}")
    return made


def load_papers(now: dt.datetime) -> None:
    """The governance papers, each with its file."""
    rows = model.Session.execute(sa.text('SELECT name, id, title FROM "group"')).all()
    ids = {row.name: row.id for row in rows}
    titles = {row.name: row.title for row in rows}
    made = list(papers.plan(titles, now.date()))
    for paper in made:
        package = _act(
            "package_create",
            type="dokumen",
            name=f"{paper.kind}-{paper.org}".replace("_", "-")[:95],
            title=paper.title,
            owner_org=ids[paper.org],
            private=not paper.public,
            sd_jenis_dokumen=paper.kind,
            sd_nomor=paper.number,
            sd_tanggal=paper.date.isoformat(),
            sd_berlaku_sampai=paper.until.isoformat() if paper.until else "",
        )
        lines = [titles[paper.org], paper.title, f"Nomor {paper.number}", "Naskah rekaan."]
        _act(
            "resource_create",
            package_id=package["id"],
            name=paper.title,
            format="PDF",
            upload=_upload(papers.pdf(lines), f"{paper.kind}.pdf", "application/pdf"),
            url="",
        )
    say(f"Dokumen: {len(made)}")


def load_story(now: dt.datetime, begin: dt.datetime, calendar: WorkCalendar) -> None:
    """Uploads and decisions of five quarters, each at its own moment, in the order of time."""
    items = _items()
    activity_ids = load_activities(items.values(), begin)
    steps = quarters.steps(story.first_quarter(now.date()), now, calendar) + plans.steps(now)
    steps.sort(key=lambda step: step.at)
    habits = {item.org_id: story.habit_of(item.org) for item in items.values()}
    made = list(story.deliveries(_duties(now.date()), habits, calendar, now))
    datasets: dict[str, str] = {}
    for number, delivery in enumerate(made, 1):
        while steps and steps[0].at <= delivery.at:
            _take(steps.pop(0))
        item = items[delivery.duty.item_id]
        rng = random.Random(f"{story.SEED}|{item.name}|{item.org}")
        with clock.at(delivery.at):
            if item.id not in datasets:
                activity = activity_ids.get((item.org_id, item.name))
                fields = metadata.fields(item, habits[item.org_id], activity, now.year, rng)
                name = f"{item.org}-{item.name}".lower()
                name = "".join(c if c.isalnum() else "-" for c in name)[:95].strip("-")
                datasets[item.id] = _act("package_create", name=name, **fields)["id"]
            _deliver(datasets[item.id], item, delivery)
        if number % 50 == 0 or number == len(made):
            say(f"Data: {number} / {len(made)}")
    for step in steps:
        _take(step)


def _take(step: quarters.Step) -> None:
    with clock.at(step.at):
        step.act()
    model.Session.commit()
    say(step.what)


def _deliver(package_id: str, item: Any, delivery: story.Delivery) -> None:
    period = periods.parse(delivery.duty.period)
    content = figures.table(
        item.name, item.unit, item.classification, period.code, delivery.quality
    )
    _act(
        "resource_create",
        package_id=package_id,
        name=f"{item.name}, {periods.label(period, 'id')}",
        format="CSV",
        upload=_upload(content, f"{period.code.replace('/', '-')}.csv", "text/csv"),
        url="",
        sd_periode=[period.code],
        sd_status_angka="tetap",
    )


def compute() -> None:
    """Content checks and the live result, as the worker would run them."""
    delivery_jobs.check_pending()
    live.recompute()


def load(logins_file: Path) -> None:
    """The whole city."""
    now = dt.datetime.now(ZoneInfo(config.timezone()))
    calendar = work_calendar()
    first_day = story.first_quarter(now.date()).start
    begin = dt.datetime.combine(first_day - dt.timedelta(days=60), dt.time(9), now.tzinfo)
    with clock.at(begin):
        load_organisations(now.year)
        logins = load_users()
        load_register(first_day, calendar)
    load_story(now, begin, calendar)
    load_papers(now)
    compute()
    plans.try_rules()
    logins_file.write_text(json.dumps(logins, indent=1))
    say("Kota Contoh: OK")


def main(arguments: Iterable[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ini", required=True)
    parser.add_argument("--logins", required=True, type=Path)
    options = parser.parse_args(arguments)
    app = make_app(load_config(options.ini))
    with app._wsgi_app.test_request_context():
        load(options.logins)


if __name__ == "__main__":
    main()
