"""The catalogue's admin as a browser uses it: read a page, edit, send it back."""

from __future__ import annotations

BOX = "/admin/services"


def fields_of(response):
    """Return what a browser would send back from a change page."""
    context = response.context
    formsets = [one.formset for one in context["inline_admin_formsets"]]
    forms = [context["adminform"].form]
    for formset in formsets:
        forms += [formset.management_form, *formset.forms]
    sent = {one.html_name: one.value() for form in forms for one in form}
    return {k: v for k, v in sent.items() if v is not None and v is not False}


def edit(client, url, **changes):
    """Open a page, change fields that end so, save; return the response."""
    data = fields_of(client.get(url)) | changes
    return client.post(url, data)


def parameter_edit(client, task, name, **changes):
    """Change fields of one parameter on the page of its task."""
    return parameters_edit(client, task, {name: changes})


def parameters_edit(client, task, changes):
    """Change fields of several parameters, by name, on the page of their task."""
    url = f"{BOX}/task/{task.pk}/change/"
    data = fields_of(client.get(url))
    prefixes = {str(value): key.removesuffix("-id")
                for key, value in data.items() if key.endswith("-id")}  # fmt: skip
    sent = {
        f"{prefixes[str(task.parameters.get(name=name).pk)]}-{key}": value
        for name, fields in changes.items()
        for key, value in fields.items()
    }
    return client.post(url, data | sent)


def errors_of(response):
    """Return the errors beside fields of the page's inline rows."""
    rows = [form for one in response.context["inline_admin_formsets"]
            for form in one.formset.forms]  # fmt: skip
    return {name: list(texts) for form in rows for name, texts in form.errors.items()}


def run(client, action, *rows, **more):
    """Run an action of a list; return the response."""
    data = {"action": action, "_selected_action": [row.pk for row in rows]} | more
    url = f"{BOX}/{rows[0]._meta.model_name}/"
    return client.post(url, data, follow=True)


def rest_parameter(client, name, path="Toys/Sleep/GPServer/Sleep"):
    document = client.get(f"/server/rest/services/{path}", {"f": "json"}).json()
    return next(one for one in document["parameters"] if one["name"] == name)
