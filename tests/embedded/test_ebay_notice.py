"""eBay's account-deletion notice at the running site: its worker fetches the key from eBay."""

import requests

TOKEN = "sandbox-ebay-verification-token-0000000000"


def notice(site, **more):
    """Have the sandbox's eBay send one; what its challenge and its notice were answered."""
    answer = requests.post(
        f"{site.sandbox_url}/_control/ebay-notice",
        json={
            "endpoint": f"{site.url}/ebay/account-deletion/",
            "verification_token": TOKEN,
            "username": "somebody-who-left",
            "user_id": "u-1",
            "eias_token": "e-1",
            **more,
        },
        timeout=20,
    )
    assert answer.ok, answer.text
    return answer.json()


def test_a_notice_is_verified_with_ebays_own_key_and_a_forged_one_refused(running_site):
    running_site.ensure()
    true = notice(running_site, notification_id="n-77")
    assert true["challenge"] == {"status": 200, "right": True}
    assert true["notice"]["status"] == 200
    assert notice(running_site, notification_id="n-77")["notice"]["status"] == 200
    assert notice(running_site, forged=True)["notice"]["status"] == 412
