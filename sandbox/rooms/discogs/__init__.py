"""api.discogs.com"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.room import Room, address, box, named_agent
from sandbox.rooms.discogs import auth, database, folders, marketplace, users

WINDOW = 60.0
WITH_AUTH, WITHOUT_AUTH = 60, 25


class Discogs(Room):
    name = "discogs"
    reads_forms = True

    def routes(self) -> list[Route]:
        collection = "/users/{username}/collection"
        return [
            Route("/", _hello),
            Route("/oauth/request_token", auth.request_token, methods=["GET", "POST"]),
            Route("/oauth/access_token", auth.access_token, methods=["GET", "POST"]),
            Route("/oauth/identity", auth.identity),
            Route("/database/search", database.search),
            Route("/artists/{number:int}", database.artist),
            Route("/artists/{number:int}/releases", database.artist_releases),
            Route("/masters/{number:int}", database.master),
            Route("/masters/{number:int}/versions", database.versions),
            Route("/releases/{number:int}", database.release),
            Route("/releases/{number:int}/rating", database.release_rating),
            Route("/releases/{number:int}/stats", database.release_stats),
            Route("/marketplace/stats/{number:int}", marketplace.stats),
            Route("/marketplace/price_suggestions/{number:int}", marketplace.suggestions),
            Route("/marketplace/listings/{number:int}", marketplace.listing),
            Route("/users/{username}", users.profile),
            Route("/users/{username}/inventory", marketplace.inventory),
            Route(f"{collection}/folders", folders.folders, methods=["GET", "POST"]),
            Route(
                f"{collection}/folders/{{folder:int}}",
                folders.one_folder,
                methods=["GET", "POST", "DELETE"],
            ),
            Route(f"{collection}/fields", users.fields),
            Route(f"{collection}/value", users.value),
            Route(f"{collection}/releases/{{release:int}}", users.items_of_release),
            Route(f"{collection}/folders/{{folder:int}}/releases", users.folder_releases),
            Route(
                f"{collection}/folders/{{folder:int}}/releases/{{release:int}}",
                folders.add_copy,
                methods=["POST"],
            ),
            Route(
                f"{collection}/folders/{{folder:int}}/releases/{{release:int}}/instances/{{instance:int}}",
                folders.one_copy,
                methods=["POST", "DELETE"],
            ),
            Route(
                f"{collection}/folders/{{folder:int}}/releases/{{release:int}}/instances/{{instance:int}}/fields/{{field:int}}",
                folders.change_field,
                methods=["POST"],
            ),
            Route("/users/{username}/wants", users.wants),
            Route(
                "/users/{username}/wants/{release:int}",
                users.one_want,
                methods=["GET", "PUT", "POST", "DELETE"],
            ),
            Route("/{rest:path}", _unknown, methods=["GET", "POST", "PUT", "DELETE"]),
        ]

    def guard(self, request: Request) -> Response | None:
        if not named_agent(request):
            return JSONResponse({"message": "Please name your application in the User-Agent."}, 403)
        caller = auth.caller_of(request)
        limit = WITH_AUTH if caller.authenticated else WITHOUT_AUTH
        reading = box(request).state.limits.take(
            "discogs", address(request), limit=limit, seconds=WINDOW
        )
        request.scope["discogs_reading"] = reading
        if not reading.admitted:
            return self.refusal(request, "429")
        if caller.problem:
            return auth.refused(caller.problem)
        return None

    def caller(self, request: Request) -> str:
        found = auth.caller_of(request)
        if found.username:
            return f"person {found.username}"
        return "application" if found.authenticated else ""

    def headers(self, request: Request) -> dict[str, str]:
        headers = {"X-Discogs-Media-Type": "discogs.v2", "Server": "sandbox"}
        reading = request.scope.get("discogs_reading")
        if reading:
            headers |= {
                "X-Discogs-Ratelimit": str(reading.limit),
                "X-Discogs-Ratelimit-Used": str(reading.used),
                "X-Discogs-Ratelimit-Remaining": str(reading.remaining),
            }
        return headers

    def refusal(self, request: Request, kind: str) -> Response:
        """429 comes without Retry-After, as on the real service."""
        if kind == "429":
            return auth.refused("You are making requests too quickly.", 429)
        return auth.refused("You do not have permission to access this resource.", 403)


async def _hello(request: Request) -> Response:
    return JSONResponse(
        {
            "hello": "Welcome to the Discogs API (sandbox).",
            "api_version": "v2",
            "documentation_url": "https://www.discogs.com/developers/",
            "statistics": {"artists": len(box(request).world.artists)},
        }
    )


async def _unknown(request: Request) -> Response:
    return auth.refused("The requested resource was not found.", 404)
