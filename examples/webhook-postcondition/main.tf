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
  description = "ID of the webhook that must work."
  type        = string
  default     = "101"
}

data "nexudus_webhook" "needed" {
  id = var.webhook_id

  lifecycle {
    postcondition {
      condition = self.active == true
      error_message = format("Webhook %q of location %s is off after %d failed deliveries, and last fired %s: %s",
        coalesce(self.name, "unnamed"),
        coalesce(self.business_id, "unknown"),
        coalesce(self.error_count, 0),
        coalesce(self.last_trigger, "never"),
        coalesce(self.last_error, "no error text"),
      )
    }
  }
}

output "event" {
  description = "Event that triggers the webhook."
  value       = data.nexudus_webhook.needed.action_name
}
