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
  to = nexudus_webhook.accounting
  id = "102"
}

resource "nexudus_webhook" "accounting" {
  business_id = "5001"
  name        = "Accounting"
  url         = "https://ledger.example.com/in/nexudus"
  action_name = "CoworkerInvoicePaid"
}
