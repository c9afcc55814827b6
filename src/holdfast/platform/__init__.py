"""What every capability needs and none owns: database doors, tenancy, access, crypto, events, clock.

The platform knows no business: nothing here may import `holdfast.capabilities` or `holdfast.web`.
"""
