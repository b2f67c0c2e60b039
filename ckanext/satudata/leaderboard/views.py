"""Page of the leaderboard."""

from __future__ import annotations

from ckan.plugins import toolkit
from flask import Blueprint, Response

from ..pages import call, explain_refusals
from ..report.views import picked_quarter, quarter_or_404, span
from . import queries

__all__ = ["satudata_leaderboard"]

satudata_leaderboard = Blueprint("satudata_leaderboard", __name__, url_prefix="/satudata")
explain_refusals(satudata_leaderboard)


@satudata_leaderboard.route("/peringkat")
def show_now() -> Response:
    """The leaderboard of the picked or the current quarter."""
    quarter = picked_quarter()
    return toolkit.redirect_to(
        "satudata_leaderboard.show",
        year=quarter.year,
        tw=quarter.tw,
        span=toolkit.request.args.get("span"),
        part=toolkit.request.args.get("part"),
    )


@satudata_leaderboard.route("/peringkat/<int:year>/<int:tw>")
def show(year: int, tw: int) -> str:
    """Ranks, categories and the rules they follow; the units have a page of their own."""
    quarter, asked = quarter_or_404(year, tw), toolkit.request.args.get("part")
    part = asked if asked in queries.PARTS else next(iter(queries.PARTS))
    board = call("satudata_leaderboard_show", year=year, tw=tw, span=span(), part=part)
    return toolkit.render(
        "satudata/leaderboard/show.html",
        {"quarter": quarter, "span": span(), "board": board, "part": part},
    )
