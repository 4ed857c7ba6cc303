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

  # Do not trust these texts: the endpoint chooses the text of its last error. In a CI
  # log, "::" and "##" can start a command for GitHub Actions or Azure Pipelines,
  # and terminals interpret control characters.
  webhooks = [
    for webhook in data.nexudus_webhooks.all.webhooks : merge(webhook, {
      for key, text in {
        name         = coalesce(webhook.name, "unnamed")
        location     = coalesce(try(local.locations[webhook.business_id], webhook.business_id), "unknown")
        last_trigger = coalesce(webhook.last_trigger, "never")
        last_error   = coalesce(webhook.last_error, "no error text")
      } : key => replace(replace(text, "/[\\p{C}\\p{Zl}\\p{Zp}]+/", " "), "/(:):+|(#)#+/", "$1$2")
    })
  ]

  # A webhook that a person has paused usually has few failed deliveries.
  dead = [
    for webhook in local.webhooks : webhook
    if webhook.active == false && coalesce(webhook.error_count, 0) >= 10
  ]
}

check "webhooks_are_delivered" {
  assert {
    condition = length(local.dead) == 0
    error_message = join("\n", concat(["Nexudus has switched off:"], [
      for webhook in local.dead : format("- %s (%d) of location %s, last fired %s: %s",
        webhook.name,
        webhook.id,
        webhook.location,
        webhook.last_trigger,
        webhook.last_error,
      )
    ]))
  }
}

output "webhooks" {
  description = "All webhooks and their state, as a table."
  value = join("\n", concat(
    [format("%-5s %-14s %-20s %-28s %s", "ID", "LOCATION", "NAME", "STATE", "EVENT")],
    [
      for webhook in local.webhooks : format("%-5d %-14s %-20s %-28s %s",
        webhook.id,
        webhook.location,
        webhook.name,
        format(
          contains(local.dead, webhook) ? "DEAD%s" : webhook.active == false ? "paused%s" : "active%s",
          coalesce(webhook.error_count, 0) > 0 ? ", ${webhook.error_count} failed deliveries" : "",
        ),
        coalesce(webhook.action_name, webhook.action, "unknown"),
      )
    ],
  ))
}
