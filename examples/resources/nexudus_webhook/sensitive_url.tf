variable "door_access_key" {
  description = "Key that the door controller expects in the address."
  type        = string
  sensitive   = true
}

data "nexudus_business" "werksviertel" {
  name = "Werksviertel"
}

resource "nexudus_webhook" "door_access" {
  business_id = data.nexudus_business.werksviertel.id
  name        = "Door controller"
  url         = "https://doors.example.com/nexudus?key=${urlencode(var.door_access_key)}"
  action_name = "BookingCreate"
}
