terraform {
  required_version = ">= 1.5"

  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

data "nexudus_current_user" "me" {}

output "signed_in_as" {
  description = "Email address of the signed-in user."
  value       = data.nexudus_current_user.me.email
}

output "locations" {
  description = "IDs of the locations that the user has access to."
  value       = data.nexudus_current_user.me.business_ids
}
