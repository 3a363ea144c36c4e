"""Django's admin for those who run the system: configuration, users and their roles, API keys, parked jobs.

Owns its pages, its sign-in and its session; decides nothing: who may see and do what is the policy's, every
change is the graph's own mutation, run through the gateway, and every page with people on it leaves a receipt.
"""
