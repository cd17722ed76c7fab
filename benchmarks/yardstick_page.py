"""The yardstick of a page: a plain Django page of 50 rows and 5 queries, behind the product's middleware.

It stays as it is, so that what is measured against it can be compared over the years. As a URLconf, this
module has the product's addresses and the page's.
"""

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.urls import include, path

from goalpost.companies.models import Company, User
from goalpost.crm.models import Deal, Stage

ROWS = 50

_PAGE = Template("""<!DOCTYPE html>
<html lang="{{ LANGUAGE_CODE }}">
  <head>
    <meta charset="utf-8">
    <title>{{ company.name }}</title>
  </head>
  <body>
    <h1>{{ company.name }}: the newest deals of {{ people }} people</h1>
    <table>
      {% for deal, owner, stage in rows %}
        <tr class="{% cycle 'odd' 'even' %}{% if deal.is_archived %} archived{% endif %}">
          <td><a href="/deals/{{ deal.pk }}">{{ deal.title }}</a></td>
          <td>{{ owner.name }}</td>
          <td>{{ stage.name }}</td>
          <td>{{ deal.status|capfirst }}</td>
          <td>{{ deal.value|floatformat:"2g" }} {{ deal.currency }}</td>
          <td>{{ deal.add_time|date:"SHORT_DATE_FORMAT" }}</td>
          <td>{{ deal.organization|default:"-" }}</td>
        </tr>
      {% endfor %}
    </table>
  </body>
</html>
""")


def yardstick_page(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    company = Company.objects.get(pk=request.user.company_id)
    deals = Deal.objects.filter(company=company).order_by("-id")[:ROWS]
    owners = _by_id(User, company, {deal.owner_id for deal in deals})
    stages = _by_id(Stage, company, {deal.stage_id or 0 for deal in deals})
    context = {
        "company": company,
        "people": User.objects.filter(company=company).count(),
        "rows": [(deal, owners[deal.owner_id], stages[deal.stage_id or 0]) for deal in deals],
    }
    return HttpResponse(_PAGE.render(RequestContext(request, context)))


def _by_id(model: type[Model], company: Company, ids: set[int]) -> dict[int, Model]:
    return {row.pk: row for row in model._default_manager.filter(company=company, pk__in=ids)}


urlpatterns = [path("yardstick", yardstick_page), path("", include("goalpost.urls"))]
