"""Loads the demo businesses: a process of its own, so that the supervisor stays free of Django."""

import django

if __name__ == "__main__":
    django.setup()

    from holdfast.main.demo import load_demo

    load_demo()
