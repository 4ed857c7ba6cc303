data "nexudus_business" "speicherstadt" {
  name = "Speicherstadt"
}

resource "nexudus_webhook" "newsletter" {
  business_id = data.nexudus_business.speicherstadt.id
  name        = "Newsletter sign-ups"
  description = "Paused until the new newsletter service is ready."
  url         = "https://news.example.net/subscribe"
  action_name = "NewsLetterSubscriberSubscribed"
  active      = false
}
