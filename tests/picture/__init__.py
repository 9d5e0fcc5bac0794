"""``make picture``: the comment of a pull request, photographed as people see it on a real Gitea."""
