variable "door_access_key" {
  description = "Key that the door controller expects in the address."
  type        = string
  sensitive   = true
}

resource "nexudus_webhook" "door_access" {
  business_id = 5001
  name        = "Door controller"
  url         = "https://doors.example.com/nexudus?key=${urlencode(var.door_access_key)}"
  action_name = "BookingCreate"
}
