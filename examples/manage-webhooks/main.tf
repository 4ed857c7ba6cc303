# Manages a webhook that already exists. If Nexudus has switched it off, the plan
# says why, and applying the plan switches it on again.

terraform {
  required_version = ">= 1.5"

  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

import {
  to = nexudus_webhook.crm_sync
  id = "103"
}

data "nexudus_business" "werksviertel" {
  name = "Werksviertel"
}

resource "nexudus_webhook" "crm_sync" {
  business_id = data.nexudus_business.werksviertel.id
  name        = "CRM sync"
  url         = "https://crm.example.net/hooks/nexudus"
  action_name = "CoworkerCreate"
}
