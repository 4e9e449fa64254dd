// DeliveryLog: see README.md.
