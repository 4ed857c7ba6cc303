terraform {
  required_version = ">= 1.11"

  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

variable "door_access_key" {
  description = "Key that the door controller expects in the address."
  type        = string
  sensitive   = true
  ephemeral   = true
}

data "nexudus_business" "werksviertel" {
  name = "Werksviertel"
}

resource "nexudus_webhook" "door_access" {
  business_id    = data.nexudus_business.werksviertel.id
  name           = "Door controller"
  url_wo         = "https://doors.example.com/nexudus?key=${urlencode(var.door_access_key)}"
  url_wo_version = 1
  action_name    = "BookingCreate"
}
