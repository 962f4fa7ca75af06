"""eBay's account-deletion notice at the running site: its worker fetches the key from eBay."""

import requests

from vinyl.embedded import processes

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


def settled(site, **more):
    """The answer to a notice that is repeated, as eBay does, while we say "later": on a busy
    machine the worker that fetches the key may need longer than eBay is kept waiting."""
    told = {}

    def answered():
        told.update(notice(site, **more))
        return told["notice"]["status"] != 503

    assert processes.wait_until(answered, seconds=60, step=0.2), site.log("worker-interactive")
    return told


def test_a_notice_is_verified_with_ebays_own_key_and_a_forged_one_refused(running_site):
    running_site.ensure()
    true = settled(running_site, notification_id="n-77")
    assert true["challenge"] == {"status": 200, "right": True}
    assert true["notice"]["status"] == 200, running_site.log("worker-interactive")[-4000:]
    assert settled(running_site, notification_id="n-77")["notice"]["status"] == 200
    assert settled(running_site, forged=True)["notice"]["status"] == 412
