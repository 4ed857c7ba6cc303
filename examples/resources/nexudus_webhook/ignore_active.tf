terraform {
  required_version = ">= 1.5"

  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

data "nexudus_business" "werksviertel" {
  name = "Werksviertel"
}

resource "nexudus_webhook" "crm" {
  business_id = data.nexudus_business.werksviertel.id
  name        = "CRM contacts"
  url         = "https://crm.example.net/hooks/contacts"
  action_name = "CoworkerCreate"

  lifecycle {
    ignore_changes = [active]
  }
}
