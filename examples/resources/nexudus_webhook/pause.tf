terraform {
  required_version = ">= 1.5"

  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

data "nexudus_business" "speicherstadt" {
  name = "Speicherstadt"
}

resource "nexudus_webhook" "newsletter" {
  business_id = data.nexudus_business.speicherstadt.id
  name        = "Newsletter sign-ups"
  description = "Paused until the new newsletter service is ready."
  url         = "https://news.example.net/sign-ups"
  action_name = "NewsLetterSubscriberSubscribed"
  active      = false
}
