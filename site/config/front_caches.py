"""From variables to the settings of Wagtail's frontend cache backends."""

from typing import Any

from config import env

BACKENDS = "wagtail.contrib.frontend_cache.backends"


def front_caches() -> dict[str, dict[str, Any]]:
    """Return the caches that stand in front of the site, by name; none unless a variable names one."""
    found: dict[str, dict[str, Any]] = {
        f"http-{number}": {"BACKEND": f"{BACKENDS}.HTTPBackend", "LOCATION": address}
        for number, address in enumerate(env.names("FRONT_CACHES", []), 1)
    }
    zone, distribution = env.text("CLOUDFLARE_ZONE", ""), env.text("CLOUDFRONT_DISTRIBUTION", "")
    if zone:
        token = env.required("CLOUDFLARE_TOKEN")
        found["cloudflare"] = {"BACKEND": f"{BACKENDS}.CloudflareBackend", "ZONEID": zone, "BEARER_TOKEN": token}
    if distribution:
        found["cloudfront"] = {"BACKEND": f"{BACKENDS}.CloudfrontBackend", "DISTRIBUTION_ID": distribution}
    return found
