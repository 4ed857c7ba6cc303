terraform {
  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

data "nexudus_current_user" "me" {}

output "signed_in_as" {
  value = data.nexudus_current_user.me.email
}

output "locations" {
  value = data.nexudus_current_user.me.business_ids
}
