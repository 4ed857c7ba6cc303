resource "nexudus_webhook" "newsletter" {
  business_id = 5002
  name        = "Newsletter sign-ups"
  description = "Paused until the new newsletter service is ready."
  url         = "https://news.example.net/subscribe"
  action_name = "NewsLetterSubscriberSubscribed"
  active      = false
}
