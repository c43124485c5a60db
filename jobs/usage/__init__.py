"""What has been run, by whom and how long: sums that outlive the jobs."""
