list "nexudus_webhook" "switched_off" {
  provider = nexudus
  limit    = 1000

  config {
    active          = false
    min_error_count = 10
  }
}
