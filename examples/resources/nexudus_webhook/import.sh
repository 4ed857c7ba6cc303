terraform import nexudus_webhook.accounting 102
