"""The small government that the browser tests visit."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from ckanext.satudata import clock
from ckanext.satudata.calendar.quarters import Quarter
from dev.processes import wait_until
from tests.browser.waiting import WORKER_SECONDS
from tests.live import LivePortal


class City:
    """A root with its walidata, a dinas with a UPTD, and a second dinas; all through the API.

    ``walidata`` administers the root, ``editor`` edits for the Dinas Pendidikan,
    ``stranger`` belongs to nothing; all have the same password.
    """

    PASSWORD = "sandi-untuk-uji"
    WALIDATA, EDITOR, STRANGER = "wali", "penyunting", "warga"

    def __init__(self, live: LivePortal, token: str):
        self.live = live
        self.token = token
        for name in (self.WALIDATA, self.EDITOR, self.STRANGER):
            self._call(
                "user_create",
                name=name,
                email=f"{name}@example.com",
                password=self.PASSWORD,
                fullname=name.title(),
            )
        self.root = self._opd("pemkot", "Pemerintah Kota Uji", None, "pemerintah_daerah")
        self.dinas = self._opd("disdik", "Dinas Pendidikan", self.root, "dinas")
        self.unit = self._opd("uptd-sd", "UPTD Sekolah Dasar", self.dinas, "uptd")
        self.other = self._opd("dinkes", "Dinas Kesehatan", self.root, "dinas")
        self._member(self.root, self.WALIDATA, "admin")
        self._member(self.dinas, self.EDITOR, "editor")

    def _call(self, action: str, /, **data: Any) -> Any:
        return self.live.api(self.token, action, **data)

    def _opd(self, name: str, title: str, parent: dict[str, Any] | None, kind: str):
        above = {"groups": [{"name": parent["name"]}]} if parent else {}
        return self._call("organization_create", name=name, title=title, sd_jenis_opd=kind, **above)

    def _member(self, org: dict[str, Any], user: str, role: str) -> None:
        self._call("organization_member_create", id=org["id"], username=user, role=role)

    def dataset(self, org: dict[str, Any], name: str, **fields: Any) -> dict[str, Any]:
        """A dataset of an OPD."""
        return self._call("package_create", name=name, owner_org=org["id"], **fields)

    def rules_tried(self, source: str) -> tuple[str, str]:
        """A draft of rules, tried on the oldest past quarter; hash and id of the simulation."""
        kept = self._call("satudata_ruleset_create", source=source)["hash"]
        past = Quarter.of(clock.now().date()).previous().previous()
        run = self._call("satudata_simulation_create", hash=kept, quarters=[str(past)])["id"]

        def computed() -> bool:
            return self._call("satudata_simulation_show", id=run)["state"] == "done"

        assert wait_until(computed, WORKER_SECONDS), self.live.log("worker")
        return kept, run

    def owes(self, register: str, folder: Path) -> list[dict[str, Any]]:
        """Import a Daftar Data of 300 days ago; returns what the Dinas Pendidikan owes, when
        the worker has computed it."""
        file = folder / "daftar-data.csv"
        file.write_text(register)
        since = clock.now().date() - dt.timedelta(days=300)
        self.live.ckan("satudata", "daftar-data", "import", file, "--valid-from", since.isoformat())
        owed: list[dict[str, Any]] = []

        def computed() -> bool:
            found = self._call("satudata_obligation_list", org_id=self.dinas["id"])
            owed.extend(found["rows"])
            return bool(owed)

        assert wait_until(computed, WORKER_SECONDS), self.live.log("worker")
        return owed

    def decides(self, duty: dict[str, Any]) -> dict[str, Any]:
        """Waives a duty, asks for its item once more and announces a window; returns the ids."""
        letter = {"number": "800/1", "reason": "Banjir"}
        today, ahead = (clock.today() + dt.timedelta(days) for days in (0, 30))
        waived = self._call("satudata_waiver_create", obligations=[duty["obligation_id"]], **letter)
        request = self._call(
            "satudata_request_create",
            items=[duty["item_id"]],
            period="2020",
            due=ahead.isoformat(),
            title="Penyusunan RKPD",
            requester="Bappeda",
            **letter,
        )
        self._call(
            "satudata_window_create",
            name="Pemutakhiran data",
            opens=today.isoformat(),
            deadlines=[{"name": "Data prioritas", "day": ahead.isoformat()}],
            **letter,
        )
        return {"waiver": waived["decisions"][0]["id"], "request": request["id"]}

    def proposes(self, item_id: str) -> dict[str, Any]:
        """Opens the round of the next year and proposes to change an item; returns the proposal."""
        year = clock.today().year + 1
        until = clock.today().isoformat()
        self._call("satudata_round_open", year=year, proposals_until=until)
        proposal = self._call(
            "satudata_proposal_create",
            year=year,
            action="change",
            item_id=item_id,
            values={"classification": "Desa"},
            reason="Rincian baru",
        )
        self._call("satudata_round_discuss", year=year)
        return proposal
