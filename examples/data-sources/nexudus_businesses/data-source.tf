terraform {
  required_version = ">= 1.5"

  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

data "nexudus_business" "germany" {
  name = "Example Spaces Germany"
}

# The open locations directly below it in the network.
data "nexudus_businesses" "germany" {
  root_location_id = data.nexudus_business.germany.id
  suspended        = false
}

output "locations" {
  description = "Open locations below the parent, by ID."
  value = {
    for business in data.nexudus_businesses.germany.businesses :
    business.id => coalesce(business.name, business.to_string_text)
  }
}
