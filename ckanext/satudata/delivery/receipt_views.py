"""Pages of receipts (tanda terima), and the link to them after an upload."""

from __future__ import annotations

import re

from ckan.plugins import toolkit
from flask import Blueprint, Response
from markupsafe import Markup

from .. import pdf
from ..opd import queries as opd_queries
from ..pages import attachment, call, explain_refusals
from ..paging import PAGE_SIZE, page_number, pager
from ..text import N_
from . import receipts

__all__ = ["satudata_receipts"]

_ = toolkit._

satudata_receipts = Blueprint("satudata_receipts", __name__, url_prefix="/satudata/tanda-terima")
explain_refusals(
    satudata_receipts, N_("Only the OPD, the walidata and officers may read its receipts.")
)


@satudata_receipts.route("/opd/<id>")
def of_organization(id: str) -> str:
    """All receipts of one organisation, newest first."""
    page = page_number()
    offset = (page - 1) * PAGE_SIZE
    found = call("satudata_receipt_list", org_id=id, limit=PAGE_SIZE, offset=offset)
    organization = toolkit.get_action("organization_show")({}, {"id": opd_queries.resolve(id)})
    return toolkit.render(
        "satudata/delivery/receipts.html",
        {
            "organization": organization,
            "rows": found["rows"],
            "page": pager(found["rows"], page, found["count"]),
        },
    )


@satudata_receipts.route("/<number>")
def show(number: str) -> str:
    """One receipt."""
    receipt = call("satudata_receipt_show", number=number)
    return toolkit.render("satudata/delivery/receipt.html", {"receipt": receipt})


@satudata_receipts.route("/<number>.pdf")
def paper(number: str) -> Response:
    """One receipt as a paper."""
    receipt = call("satudata_receipt_show", number=number)
    content = pdf.render(
        "satudata/delivery/receipt_paper.html",
        receipt=receipt,
        link=toolkit.url_for("satudata_receipts.show", number=number, _external=True),
    )
    return attachment(content, "application/pdf", f"{receipt['number']}.pdf")


_FORMS = re.compile(r"(dataset|dataset_resource|resource)\.\w+")


@satudata_receipts.after_app_request
def tell(response: Response) -> Response:
    """After a form that delivered something: say so on the page that follows, with the link."""
    if response.status_code == 302 and _FORMS.fullmatch(toolkit.request.endpoint or ""):
        for number in receipts.issued_now():
            toolkit.h.flash_success(_notice(number), allow_html=True)
    return response


def _notice(number: str) -> Markup:
    link = Markup('<a href="{}">{}</a>').format(
        toolkit.url_for("satudata_receipts.show", number=number), number
    )
    return Markup.escape(_("Received. Receipt: {number}")).format(number=link)
