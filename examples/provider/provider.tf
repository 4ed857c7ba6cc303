terraform {
  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

# Credentials come from the environment: NEXUDUS_ACCESS_TOKEN, or
# NEXUDUS_USERNAME and NEXUDUS_PASSWORD.
provider "nexudus" {}

data "nexudus_current_user" "me" {}

output "signed_in_as" {
  value = data.nexudus_current_user.me.email
}
