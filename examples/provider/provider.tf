terraform {
  required_providers {
    nexudus = {
      source = "nexudus-community/nexudus"
    }
  }
}

# Credentials come from the environment: NEXUDUS_ACCESS_TOKEN, or
# NEXUDUS_USERNAME and NEXUDUS_PASSWORD.
provider "nexudus" {}

data "nexudus_webhook" "example" {
  id = 101
}

output "webhook" {
  value = data.nexudus_webhook.example.name
}
