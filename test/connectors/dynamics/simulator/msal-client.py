"""Signs a person in with MSAL for Python, unchanged, against a simulator. Prints a line for each thing that went well."""

import sys
from urllib.parse import parse_qsl, urlsplit

import msal
import requests

url, authority, tenant, client_id, redirect_uri = sys.argv[1:]
scopes = [f"{url}/.default"]


def browse(address):
    """Where the address leads a browser that is signed in, as what the callback is given."""
    location = requests.get(address, allow_redirects=False).headers["location"]
    assert location.startswith(redirect_uri + "?"), location
    return dict(parse_qsl(urlsplit(location).query))


app = msal.PublicClientApplication(client_id, authority=f"{authority}/{tenant}", instance_discovery=False)

# It checks state, nonce, issuer and audience by itself, and proves itself by PKCE.
flow = app.initiate_auth_code_flow(scopes, redirect_uri=redirect_uri)
first = app.acquire_token_by_auth_code_flow(flow, browse(flow["auth_uri"]))
assert "access_token" in first, first
(account,) = app.get_accounts()
print("signed in as", account["username"])

again = app.acquire_token_silent(scopes, account=account, force_refresh=True)
assert again["access_token"] != first["access_token"], again
print("renewed")

flow = app.initiate_auth_code_flow(scopes, redirect_uri=redirect_uri)
denied = app.acquire_token_by_auth_code_flow(flow, browse(flow["auth_uri"] + "&decision=deny"))
print(denied["error"])
