"""What each page shows, as frozen values made without the framework that draws them."""
