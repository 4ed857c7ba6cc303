terraform {
  required_version = ">= 1.5"

  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

data "nexudus_business" "speicherstadt" {
  name = "Speicherstadt"
}

data "nexudus_webhooks" "location" {
  business_id = data.nexudus_business.speicherstadt.id
}

# Reads the webhooks one by one, because lists do not include descriptions.
data "nexudus_webhook" "location" {
  for_each = toset(data.nexudus_webhooks.location.webhooks[*].id)

  id = each.value
}

output "descriptions" {
  description = "Descriptions of the webhooks of the location, by ID."
  value       = { for id, webhook in data.nexudus_webhook.location : id => webhook.description }
}
