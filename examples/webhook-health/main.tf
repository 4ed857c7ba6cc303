# Warns about webhooks that Nexudus has switched off. Nexudus does this after ten
# failed deliveries in a row, without notifying anyone.

terraform {
  required_version = ">= 1.5"

  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

data "nexudus_webhooks" "all" {}

data "nexudus_businesses" "all" {}

locals {
  locations = {
    for business in data.nexudus_businesses.all.businesses :
    business.id => coalesce(business.name, business.to_string_text, business.id)
  }

  # A webhook that a person has paused usually has few failed deliveries.
  dead = [
    for webhook in data.nexudus_webhooks.all.webhooks : webhook
    if webhook.active == false && coalesce(webhook.error_count, 0) >= 10
  ]
}

check "webhooks_are_delivered" {
  assert {
    condition = length(local.dead) == 0
    error_message = join("\n", concat(["Nexudus has switched off:"], [
      for webhook in local.dead : format("- %q (%s) of location %q, last fired %s: %s",
        coalesce(webhook.name, "unnamed"),
        webhook.id,
        try(local.locations[webhook.business_id], "unknown"),
        coalesce(webhook.last_trigger, "never"),
        coalesce(webhook.last_error, "no error text"),
      )
    ]))
  }
}

output "webhooks" {
  description = "All webhooks and their state, as a table."
  value = join("\n", concat(
    [format("%-5s %-16s %-22s %-28s %s", "ID", "LOCATION", "NAME", "STATE", "EVENT")],
    [
      for webhook in data.nexudus_webhooks.all.webhooks : format("%-5s %-16s %-22s %-28s %s",
        webhook.id,
        format("%q", try(local.locations[webhook.business_id], "unknown")),
        format("%q", coalesce(webhook.name, "unnamed")),
        format("%s, %d failed deliveries",
          contains(local.dead, webhook) ? "DEAD" : webhook.active == false ? "paused" : "active",
          coalesce(webhook.error_count, 0),
        ),
        coalesce(webhook.action_name, webhook.action, "unknown"),
      )
    ],
  ))
}
