# Fails the plan if a webhook that this configuration depends on is switched off.

terraform {
  required_version = ">= 1.5"

  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

variable "webhook_id" {
  description = "Id of the webhook that must work."
  type        = number
  default     = 101
}

data "nexudus_webhook" "needed" {
  id = var.webhook_id

  lifecycle {
    postcondition {
      condition = self.active == true
      # The endpoint chooses the text of the last error. In a CI log, "::" and "##"
      # can start a command for GitHub Actions or Azure Pipelines, and terminals
      # interpret control characters.
      error_message = replace(replace(
        format("Webhook %q of location %d is off after %d failed deliveries, and last fired %s: %s",
          coalesce(self.name, "unnamed"),
          coalesce(self.business_id, 0),
          coalesce(self.error_count, 0),
          coalesce(self.last_trigger, "never"),
          coalesce(self.last_error, "no error text"),
        ),
        "/[\\p{C}\\p{Zl}\\p{Zp}]+/", " "), "/(:):+|(#)#+/", "$1$2"
      )
    }
  }
}

output "event" {
  value = data.nexudus_webhook.needed.action_name
}
