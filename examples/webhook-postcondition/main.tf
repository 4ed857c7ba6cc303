# Fails the plan when a webhook that something here depends on does not fire.

terraform {
  required_version = ">= 1.5"

  required_providers {
    nexudus = {
      source = "nexudus-community/nexudus"
    }
  }
}

variable "webhook_id" {
  description = "Id of the webhook that has to work."
  type        = number
  default     = 101
}

data "nexudus_webhook" "needed" {
  id = var.webhook_id

  lifecycle {
    postcondition {
      condition = self.active
      error_message = format("Webhook %q of location %d is off after %d failed deliveries, and last fired %s: %s",
        self.name,
        self.business_id,
        self.error_count,
        coalesce(self.last_trigger, "never"),
        coalesce(self.last_error, "no error text"),
      )
    }
  }
}

output "endpoint" {
  value = data.nexudus_webhook.needed.url
}
