"""`lifeworth init`: make a workspace."""

from lifeworth.cli import options
from lifeworth.cli.output import answer, answer_json, words
from lifeworth.cli.workspace_options import Folder, open_workspace


def run(workspace: Folder = None, lang: options.Lang = "", json: options.Json = False) -> None:
    opened = open_workspace(workspace, create=True)
    token = opened.first_owner_token()
    if json:
        answer_json({"folder": str(opened.folder), "first_owner_token": token})
        return
    answer(words().text("service.made", folder=opened.folder))
    if token:
        answer(words().text("service.token_is", token=token))
