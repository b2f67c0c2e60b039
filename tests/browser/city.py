"""The small government that the browser tests visit."""

from __future__ import annotations

from typing import Any

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

    def _call(self, action: str, **data: Any) -> Any:
        return self.live.api(self.token, action, **data)

    def _opd(self, name: str, title: str, parent: dict[str, Any] | None, kind: str):
        above = {"groups": [{"name": parent["name"]}]} if parent else {}
        return self._call(
            "organization_create", name=name, title=title, sd_jenis_opd=kind, **above
        )

    def _member(self, org: dict[str, Any], user: str, role: str) -> None:
        self._call("organization_member_create", id=org["id"], username=user, role=role)

    def dataset(self, org: dict[str, Any], name: str, **fields: Any) -> dict[str, Any]:
        """A dataset of an OPD."""
        return self._call("package_create", name=name, owner_org=org["id"], **fields)
