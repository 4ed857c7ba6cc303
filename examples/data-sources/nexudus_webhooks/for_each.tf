data "nexudus_business" "speicherstadt" {
  name = "Speicherstadt"
}

data "nexudus_webhooks" "location" {
  business_id = data.nexudus_business.speicherstadt.id
}

# Reads the webhooks one by one, because lists do not include descriptions.
data "nexudus_webhook" "location" {
  for_each = { for webhook in data.nexudus_webhooks.location.webhooks : webhook.id => webhook }

  id = each.value.id
}

output "descriptions" {
  value = { for id, webhook in data.nexudus_webhook.location : id => webhook.description }
}
