"""What is read: how often each article, section and the front was opened on a day, and nothing about who did."""
